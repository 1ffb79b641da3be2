"""TLS of the door itself, for sites without a proxy in front."""
