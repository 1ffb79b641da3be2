-- Keeps bad content out: forbidden words, empty titles, pages that must stay.
local words = require("words")

plugin_info = {
    name         = "content_guard",
    version      = "2.0.0",
    description  = "Refuses content that breaks the house rules",
    author       = "Editorial tools",
    capabilities = {
        { table = "content_data", op = "before_create", handler = "check_title", priority = 10 },
        { table = "content_data", op = "before_update", handler = "check_title", priority = 10 },
        { table = "content_data", op = "before_delete", handler = "keep_home" },
        { table = "content_data", op = "before_publish", handler = "check_ready" },
    },
}

-- Module scope: counted by each machine for itself.
local seen = 0
local order = {}

local function check_title(data)
    order = { "title" }
    if data.title ~= nil and words.trim(data.title) == "" then
        error("title cannot be empty")
    end
end

local function check_words(data)
    table.insert(order, "words")
    for key, value in pairs(data) do
        if type(value) == "string" and key:sub(1, 1) ~= "_" then
            local word = words.forbidden(value)
            if word then
                error(string.format("%s: the word %q is not allowed here", key, word), 0)
            end
        end
    end
end

hooks.on("before_create", "content_data", check_words)
hooks.on("before_create", "content_data", check_title, { priority = 10 })
hooks.on("before_update", "content_data", check_title, { priority = 10 })
hooks.on("before_update", "content_data", check_words, { priority = 200 })

hooks.on("before_delete", "content_data", function(data)
    if data.title == "Home" then
        error("The home page stays.")
    end
end)

hooks.on("before_publish", "content_data", function(data)
    if type(data.title) == "string" and data.title:lower():find("^draft") then
        error("A draft is not published: " .. data.title)
    end
end, { priority = 1 })

hooks.on("before_archive", "content_data", function(data)
    error("nothing is archived here")
end)

-- The whole site: whatever is written, when the title asks for it, the database must be out of reach here.
hooks.on("before_create", "*", function(data)
    seen = seen + 1
    if data.title == "Use the database" then
        db.insert("notes", { what = "never" })
    end
    if data.title == "Call somebody" then
        request.get("https://api.example.com/")
    end
    if data.title == "Read the core" then
        core.query("users")
    end
    if data.title == "Tell me" then
        error({ message = "a table, not a text", table = data._table, event = data._event })
    end
    if data.title == "In order" then
        error(table.concat(order, ",") .. "," .. data._table .. "," .. data._event, 0)
    end
end, { priority = 1000 })

http.handle("GET", "/words", function(req)
    return { json = { words = words.list, n = #words.list } }
end)

http.handle("POST", "/check", function(req)
    local word = words.forbidden(req.body)
    return { status = word and 422 or 200, json = { ok = word == nil, word = word } }
end, { public = true })

function on_init()
    db.define_table("notes", { columns = { { name = "what", type = "text" } } })
end
