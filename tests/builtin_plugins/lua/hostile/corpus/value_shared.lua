-- A table that unfolds to four to the power of thirty. Expect: value
function attack()
  local t = { 1 }
  for _ = 1, 30 do t = { t, t, t, t } end
  return t
end
