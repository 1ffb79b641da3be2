-- An endless loop while the plugin loads that swallows errors. Expect at load: instructions
while true do
  pcall(function() while true do end end)
end
