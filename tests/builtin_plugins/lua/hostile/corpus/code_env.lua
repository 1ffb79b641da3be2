-- Code made at run time sees what everybody sees. Expect: contained
function attack()
  assert(loadstring("return _G")() == _G)
  assert(loadstring("return getfenv or setfenv or debug or io")() == nil)
  return "contained" 
end
