-- format within __tostring within format, on the stack of C. Expect: error
function attack()
  local t
  t = setmetatable({}, { __tostring = function() return string.format("%s", t) .. "" end })
  return tostring(t)
end
