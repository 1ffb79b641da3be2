-- tostring is its own __tostring: no instruction is ever counted. Expect: processor
function attack()
  local t = {}
  setmetatable(t, { __tostring = tostring })
  return tostring(t)
end
