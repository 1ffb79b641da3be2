-- Everything that the machine's own code might look up is taken away. Expect: contained
function attack()
  local all = _G
  for key in pairs(all) do
    if key ~= "hello" then all[key] = nil end
  end
  return "contained" 
end
