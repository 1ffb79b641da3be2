-- A chain of tables that closes on itself. Expect: error
function attack()
  local one, two = {}, {}
  setmetatable(one, { __index = two })
  setmetatable(two, { __index = one })
  return one.x
end
