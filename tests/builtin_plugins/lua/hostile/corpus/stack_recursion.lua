-- Recursion without an end. Expect: error
function attack()
  local function down() return 1 + down() end
  return down()
end
