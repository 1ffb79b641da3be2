-- table.concat of what table.concat made. Expect: error or memory
function attack()
  local t = { ("x"):rep(1000) }
  while true do
    local s = table.concat(t)
    for i = 1, 100 do t[i] = s end
  end
end
