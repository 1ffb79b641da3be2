-- Everything that the machine's own code might look up answers nonsense. Expect: contained
function attack()
  local all, kind = _G, type
  for key, value in pairs(all) do
    if kind(value) == "function" and key ~= "hello" then
      all[key] = function() return function() return {} end end
    end
  end
  return "contained" 
end
