DROP TABLE hashes;
DROP TABLE hash_banks;
