-- A table within a table within a table. Expect: memory
function attack()
  local t = {}
  while true do t = { t } end
end
