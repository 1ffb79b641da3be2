"""The ways in: forms, archives, resumable and direct uploads, addresses elsewhere, a folder of this machine."""
