-- Coroutines within each other that swallow the error. Expect: contained or instructions or memory
function attack()
  local function down()
    local co = coroutine.create(down)
    while true do
      local ok = coroutine.resume(co)
      if not ok then return end
    end
  end
  down()
  return "contained" 
end
