DROP TABLE ip_stats;
DROP TABLE pairs;
DROP TABLE sessions;
