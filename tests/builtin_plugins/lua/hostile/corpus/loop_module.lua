-- An endless loop while the plugin loads. Expect at load: instructions
while true do end
