-- A table that is called by being called. Expect: value or error
function attack()
  local t = {}
  setmetatable(t, { __call = pcall })
  return t()
end
