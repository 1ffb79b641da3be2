-- Code of many megabytes, made at run time. Expect: error or memory or contained
function attack()
  local text = ("local a = {} "):rep(1e5)
  return loadstring(text) == nil and "contained" 
end
