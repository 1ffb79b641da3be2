-- Tells the team's chat what happened to the content, and keeps a log of it.
local chat = require("chat")

plugin_info = {
    name        = "notifier",
    version     = "1.0.0",
    description = "Messages to a chat after content changed",
    license     = "Apache-2.0",
}

request.register("hooks.chat.example.com", { description = "Where the messages of the team go" })
request.register("status.example.com")

local function remember(data, sent, problem)
    db.insert("messages", {
        event   = data._event,
        tbl     = data._table,
        title   = data.title,
        sent    = sent,
        problem = problem,
    })
end

local function tell(data)
    local answer = request.post("https://hooks.chat.example.com/services/T000/B000", {
        json    = chat.message(data),
        headers = { ["X-Team"] = "editors" },
        timeout = 5,
    })
    if answer.error then
        log.warn("The chat did not answer", { error = answer.error, event = data._event })
        remember(data, false, answer.error)
        return
    end
    remember(data, answer.status == 200, answer.status ~= 200 and tostring(answer.status) or nil)
end

hooks.on("after_create", "content_data", tell)
hooks.on("after_update", "content_data", tell, { priority = 50 })
hooks.on("after_publish", "content_data", tell)
hooks.on("after_archive", "content_data", tell)
hooks.on("after_delete", "content_data", function(data)
    remember(data, false, "deletions are not announced")
end)
hooks.on("after_delete", "*", function(data)
    db.upsert("deletions", {
        values = { tbl = data._table, n = 1 },
        conflict_columns = { "tbl" },
        update = { n = 1 },
    })
end, { priority = 900 })

http.handle("GET", "/messages", function(req)
    local rows = db.query("messages", {
        columns  = { "event", "title", "sent", "problem" },
        order_by = { { column = "created_at", desc = true }, { column = "id", desc = true } },
        where    = req.query.event and { event = req.query.event } or nil,
    })
    return { json = { messages = rows, n = #rows } }
end)

http.handle("POST", "/test", function(req)
    local answer = request.send("POST", "https://hooks.chat.example.com/services/T000/B000", {
        body    = '{"text":"test"}',
        headers = { ["Content-Type"] = "application/json" },
    })
    if answer.error then
        return { status = 502, json = { reached = false, error = answer.error } }
    end
    return { json = { reached = true, status = answer.status, body = answer.body } }
end)

http.handle("GET", "/status", function(req)
    local answer = request.get("https://status.example.com/api?format=json", { parse_json = true })
    if answer.error or not answer.json then
        return { status = 502, json = { state = "unknown" } }
    end
    return { json = { state = answer.json.state, type = answer.headers["content-type"] } }
end)

-- Nobody approved this one, and an address inside the house is never allowed.
http.handle("POST", "/elsewhere", function(req)
    local answers = {}
    for i, url in ipairs({ "https://elsewhere.example.net/", "http://hooks.chat.example.com/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data" }) do
        local fine, answer = pcall(request.get, url)
        answers[i] = fine and answer.error == nil
    end
    return { json = { answers = answers } }
end)

function on_init()
    db.define_table("messages", {
        columns = {
            { name = "event",   type = "text", not_null = true },
            { name = "tbl",     type = "text", not_null = true },
            { name = "title",   type = "text" },
            { name = "sent",    type = "boolean", not_null = true, default = false },
            { name = "problem", type = "text" },
        },
        indexes = { { columns = { "event" } } },
    })
    db.define_table("deletions", {
        columns = {
            { name = "tbl", type = "text", not_null = true },
            { name = "n",   type = "integer", not_null = true },
        },
        indexes = { { columns = { "tbl" }, unique = true } },
    })
    local fine = pcall(request.get, "https://status.example.com/api")
    if fine then
        error("requests must not be possible while a plugin starts")
    end
end
