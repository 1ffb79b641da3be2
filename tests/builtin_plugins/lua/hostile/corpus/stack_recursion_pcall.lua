-- Recursion without an end, caught at each level. Expect: processor or instructions or value
function attack()
  local function down()
    pcall(down)
    pcall(down)
  end
  return down()
end
