-- A format that asks for many wide fields. Expect: contained
function attack()
  local ok = pcall(string.format, ("%99.99f"):rep(20000), 1e308)
  return not ok and "contained" 
end
