-- A description that contains itself. Expect at load: value
plugin_info = {}
plugin_info.name = plugin_info
