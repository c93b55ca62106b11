DROP TABLE ip_blocks;
DROP TABLE reports;
