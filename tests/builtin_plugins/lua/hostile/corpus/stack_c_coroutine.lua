-- A coroutine that resumes a coroutine that resumes a coroutine. Expect: error
function attack()
  local function down() return coroutine.wrap(down)() end
  return down()
end
