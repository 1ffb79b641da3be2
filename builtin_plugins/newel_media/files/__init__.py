"""The library as a tree of files, for SFTP and its kin."""
