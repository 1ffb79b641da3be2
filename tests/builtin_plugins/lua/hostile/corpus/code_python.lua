-- Attributes of Python, in case something of it got in. Expect: contained
function attack()
  for _, key in ipairs({ "__class__", "__globals__", "__subclasses__", "gi_frame", "__init__" }) do
    for _, each in ipairs({ desk.say, print, "text" }) do
      local ok, value = pcall(function() return each[key] end)
      assert(not ok or value == nil)
    end
    assert(desk[key] == nil)
  end
  return "contained" 
end
