-- Functions called with what they do not expect. Expect: contained
function attack()
  local odd = { nil, true, -1, 0 / 0, 1 / 0, "", "%", ("x"):rep(1000), {}, function() end, coroutine.create(function() end) }
  for _, module in ipairs({ "string", "table", "math", "coroutine" }) do
    for _, name in ipairs({ "rep", "sub", "byte", "char", "find", "format", "gsub", "gmatch", "concat", "insert", "remove", "sort",
      "maxn", "random", "fmod", "floor", "ldexp", "create", "wrap", "resume", "status" }) do
      local f = _G[module][name]
      for i = 1, 11 do
        for j = 1, 11 do
          if f then pcall(f, odd[i], odd[j], odd[i]) end
        end
      end
    end
  end
  return "contained" 
end
