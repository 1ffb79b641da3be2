-- A table with three hundred thousand items. Expect: value or memory
function attack()
  local t = {}
  for i = 1, 300000 do t[i] = true end
  return t
end
