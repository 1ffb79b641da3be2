-- A collector that is told to stop, then a table that grows. Expect: memory
function attack()
  collectgarbage("stop")
  collectgarbage("setpause", 1e9)
  collectgarbage("setstepmul", 1)
  local t = {}
  while true do t[#t + 1] = {} end
end
