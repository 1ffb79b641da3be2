"""The process that opens strangers' files. It knows the kernel's data classes and nothing of the site."""
