DROP TABLE settings;
DROP TABLE policies;
DROP TABLE staff;
