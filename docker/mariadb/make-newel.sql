-- Runs once, in an empty volume: Newel may make the database that a restore goes into, beside its own.
GRANT ALL PRIVILEGES ON `newel\_%`.* TO 'newel'@'%';
