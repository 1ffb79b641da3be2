"""``newel cert``. Takes the package cryptography, which nothing else of the door needs."""
