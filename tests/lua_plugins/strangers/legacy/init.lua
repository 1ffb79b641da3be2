-- Written for Lua 5.0 in 2005 and carried along ever since.
require "old"

plugin_info = {
    name = "legacy",
    version = "0.0.7",
    description = "Old habits",
}

counter = 0
local memory = {}

local Account = {}
Account.__index = Account

function Account.new(balance)
    return setmetatable({ balance = balance }, Account)
end

function Account:deposit(n)
    self.balance = self.balance + n
    return self
end

Account.__add = function(a, b) return Account.new(a.balance + b.balance) end
Account.__eq = function(a, b) return a.balance == b.balance end
Account.__lt = function(a, b) return a.balance < b.balance end
Account.__le = function(a, b) return a.balance <= b.balance end
Account.__tostring = function(a) return "Account(" .. a.balance .. ")" end
Account.__concat = function(a, b) return tostring(a) .. tostring(b) end
Account.__call = function(self, n) return self.balance * n end
Account.__unm = function(a) return Account.new(-a.balance) end

http.handle("GET", "/numbers", function(req)
    local t = { 1, 2, 3, nil }
    return { json = {
        division = 7 / 2,
        whole    = tostring(10 / 2),
        concat   = 1 .. 2 .. "",
        float    = 1.5 .. "",
        big      = tostring(2 ^ 53),
        modulo   = -5 % 3,
        length   = #t,
        getn     = (table.getn or function(x) return #x end)(t),
        fmod     = (math.mod or math.fmod)(7, 3),
        tonumber = tonumber("0x10"),
        base     = tonumber("ff", 16),
        coerced  = "10" + 5,
        floor    = math.floor(-3.5),
        huge     = math.huge > 1e300,
        pi       = math.floor(math.pi * 100),
        format   = string.format("%5.2f|%d|%s|%q|%x", 3.14159, 42, "x", "a\nb", 255),
        compare  = 1 == 1.0,
        integer  = 3.0,
    } }
end, { public = true })

http.handle("GET", "/tables", function(req)
    local a, b, c = unpack({ 1, 2, 3 })
    local list = { 5, 2, 8, 1 }
    table.sort(list, function(x, y) return x > y end)
    table.insert(list, 1, 9)
    local removed = table.remove(list)
    local keys = {}
    for k in next, { one = 1, two = 2 } do
        table.insert(keys, k)
    end
    table.sort(keys)
    local selected = select("#", 1, nil, nil)
    return { json = {
        sum = a + b + c,
        list = table.concat(list, ","),
        removed = removed,
        keys = keys,
        selected = selected,
        second = (select(2, "a", "b", "c")),
        words = old.words("the quick brown"),
        reversed = string.reverse("abc"),
        bytes = { string.byte("AZ", 1, 2) },
        char = string.char(76, 117, 97),
        replaced = (string.gsub("hello world", "o", { o = "0" })),
        captured = { string.match("2005-04-13", "(%d+)-(%d+)-(%d+)") },
        found = string.find("a.b", ".", 1, true),
        balance = string.match("f(a(b)c)d", "%b()"),
        frontier = (string.gsub("THE (quick) fox", "%f[%a]%a+", string.lower)),
        rep = ("ab"):rep(3),
    } }
end, { public = true })

http.handle("GET", "/objects", function(req)
    local a, b = Account.new(10), Account.new(20):deposit(5)
    local proxy = setmetatable({}, { __index = function(_, key) return key .. "!" end })
    local guarded = setmetatable({}, { __newindex = function(_, key) error("no new keys: " .. key, 0) end })
    local ok, err = pcall(function() guarded.x = 1 end)
    local caught, thrown = pcall(error, { code = 42 })
    local _, level = pcall(function() error("plain", 0) end)
    local handled = select(2, xpcall(function() error("deep") end, function(m) return "handled " .. type(m) end))
    return { json = {
        sum = tostring(a + b), equal = a == Account.new(10), less = a < b, at_most = a <= b,
        both = a .. b, called = a(3), negative = (-a).balance,
        proxy = proxy.hello, guarded = ok, message = err,
        caught = caught, code = thrown.code, level = level, handled = handled,
        protected = tostring(getmetatable(db)),
        frozen = not pcall(function() db.query = nil end),
    } }
end, { public = true })

-- An iterator that reads the table row by row, while its reader is in the middle of a loop.
local function rows(name)
    return coroutine.wrap(function()
        local offset = 0
        while true do
            local row = db.query_one(name, { order_by = "word", offset = offset })
            if row == nil then
                return
            end
            offset = offset + 1
            coroutine.yield(row.word, offset)
        end
    end)
end

http.handle("GET", "/iterate", function(req)
    local words = {}
    for word, i in rows("words") do
        words[i] = word
    end
    local co = coroutine.create(function(a)
        local b = coroutine.yield(a + 1)
        local fine, err = pcall(function()
            local c = coroutine.yield(b * 2)
            error("stop at " .. c)
        end)
        return fine, err
    end)
    local _, first = coroutine.resume(co, 1)
    local _, second = coroutine.resume(co, 10)
    local _, fine, err = coroutine.resume(co, 7)
    return { json = {
        words = words, first = first, second = second, fine = fine,
        stopped = string.find(err or "", "stop at 7", 1, true) ~= nil, status = coroutine.status(co),
        main = coroutine.running() ~= nil,
    } }
end, { public = true })

-- What a machine remembers between requests is its own business: it counts up, from wherever.
http.handle("GET", "/counter", function(req)
    counter = counter + 1
    table.insert(memory, req.client_ip)
    return { json = { positive = counter > 0, same = counter == #memory } }
end, { public = true })

http.handle("GET", "/varargs", function(req)
    return { json = { joined = old.join("-", "a", "b", "c"), count = old.count(1, nil, 3) } }
end, { public = true })

http.handle("GET", "/absent", function(req)
    local absent = {}
    for _, name in ipairs({ "io", "os", "debug", "package", "dofile", "loadfile", "load", "rawget", "rawset", "rawequal" }) do
        if _G[name] == nil then
            table.insert(absent, name)
        end
    end
    local compiled
    if loadstring then
        local chunk = loadstring("return 6 * 7")
        compiled = chunk and chunk()
    end
    local refused = 0
    for _, name in ipairs({ "../init", "lib/old", "..\\old", "nothing", "/etc/passwd" }) do
        if not pcall(require, name) then
            refused = refused + 1
        end
    end
    return { json = { absent = absent, compiled = compiled or 42, refused = refused } }
end, { public = true })

http.handle("GET", "/slow", function(req)
    while true do end
end, { public = true })

http.handle("GET", "/memory", function(req)
    local hoard = {}
    for i = 1, 1e9 do
        hoard[i] = string.rep("x", 1e6) .. i
    end
    return { json = { finished = true } }
end, { public = true })

http.handle("GET", "/deep", function(req)
    local function down(n) return 1 + down(n + 1) end
    local fine, err = pcall(down, 1)
    return { json = { fine = fine, overflow = string.find(tostring(err), "overflow", 1, true) ~= nil } }
end, { public = true })

http.handle("GET", "/fails", function(req)
    local nothing = nil
    return { json = { value = nothing.field } }
end, { public = true })

http.handle("GET", "/headers", function(req)
    return {
        status = 203,
        body = "<p>" .. req.method .. " " .. (req.headers["x-old"] or "none") .. " " .. (req.query.a or "") .. "</p>",
        headers = {
            ["Content-Type"] = "text/html",
            ["X-Old"] = "yes",
            ["Set-Cookie"] = "stolen=1",
            ["Access-Control-Allow-Origin"] = "*",
            ["Cache-Control"] = "public, max-age=3600",
            ["Content-Length"] = "3",
        },
    }
end, { public = true })

http.handle("GET", "/empty", function(req)
    return { status = 204 }
end, { public = true })

http.handle("POST", "/echo", function(req)
    return { json = { body = req.body, parsed = req.json ~= nil, kind = req.headers["content-type"], path = req.path, ip = type(req.client_ip) } }
end, { public = true })

http.handle("GET", "/json", function(req)
    local text = json.encode({ list = { 1, 2, 3 }, nested = { deep = { true, false } }, text = "ä\"\\\n", whole = 3, half = 0.5 })
    local back = json.decode(text)
    local bad = pcall(json.decode, "{not json")
    local unknown = json.decode("[1, null, 3]")
    return { json = { third = back.list[3], deep = back.nested.deep[2], text = back.text, half = back.half, bad = bad, first = unknown[1] } }
end, { public = true })

function on_init()
    db.define_table("words", { columns = { { name = "word", type = "text", not_null = true }, { name = "data", type = "blob" } } })
    if not db.exists("words", {}) then
        db.insert_many("words", { "word" }, { { "alpha" }, { "beta" }, { "gamma" } })
    end
end
