-- An endless loop in on_init. Expect at load: instructions
function on_init()
  while true do end
end
