-- Message handlers that fail, within each other. Expect: instructions or error or done
function attack()
  local function fails() error("x") end
  local function handler() return xpcall(fails, handler) end
  return xpcall(fails, handler)
end
