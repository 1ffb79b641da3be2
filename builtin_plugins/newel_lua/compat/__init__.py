"""The names of the Go system for what we have: tables, columns, ids. Nothing else knows them.

Their ids are opaque to plugins. Where we have none, an id is a name: a type's, ``type.field``, ``entry.field.locale``.
"""
