DROP TABLE moderation_logs;
DROP TABLE decisions;
DROP TABLE flags;
DROP TABLE banned_ips;
