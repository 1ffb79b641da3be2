-- Closures that hold each other. Expect: memory
function attack()
  local f = function() end
  while true do
    local g = f
    f = function() return g() end
  end
end
