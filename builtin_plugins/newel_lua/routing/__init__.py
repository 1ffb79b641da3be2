"""The routes of plugins in Lua: everything at ``/api/v1/plugins/<plugin>/...``, and nothing elsewhere."""
