-- Posts that share words with a post, from the content itself.
local similar = require("similar")

plugin_info = {
    name        = "related_posts",
    version     = "1.4.0",
    description = "Finds posts like a post",
    core_access = {
        content_data   = { "read", "write" },
        content_fields = { "read", "write" },
        datatypes      = { "read" },
        fields         = { "read" },
        routes         = { "read" },
        users          = { "read" },
        media          = { "read" },
    },
}

-- Every post as {id, title, text}, through three tables of the content.
local function posts(type_name)
    local datatype = core.query_one("datatypes", { where = { name = type_name } })
    if not datatype then
        return {}
    end
    local names = {}
    for _, field in ipairs(core.query("fields", { where = { parent_id = datatype.datatype_id } })) do
        names[field.field_id] = field.name
    end
    local found = {}
    for _, row in ipairs(core.query("content_data", {
        columns  = { "content_data_id", "status" },
        where    = { datatype_id = datatype.datatype_id },
        order_by = "content_data_id",
    })) do
        local post = { id = row.content_data_id, status = row.status }
        for _, value in ipairs(core.query("content_fields", { where = { content_data_id = row.content_data_id } })) do
            if names[value.field_id] then
                post[names[value.field_id]] = value.field_value
            end
        end
        found[#found + 1] = post
    end
    return found
end

http.handle("GET", "/types", function(req)
    local names = {}
    for _, row in ipairs(core.query("datatypes", { columns = { "name" }, order_by = "name" })) do
        names[#names + 1] = row.name
    end
    return { json = { names = names, n = core.count("datatypes") } }
end)

http.handle("GET", "/posts/{type}", function(req)
    local found = posts(req.params.type)
    return { json = { posts = found, n = #found } }
end)

http.handle("GET", "/like/{id}", function(req)
    if not core.exists("content_data", { where = { content_data_id = req.params.id } }) then
        return { status = 404, json = { error = "no such post" } }
    end
    local row = core.query_one("content_data", { where = { content_data_id = req.params.id } })
    local datatype = core.query_one("datatypes", { where = { datatype_id = row.datatype_id } })
    local all = posts(datatype.name)
    return { json = { like = similar.to(req.params.id, all, tonumber(req.query.n) or 3) } }
end, { public = true })

-- The same in one question: values with the names of their fields.
http.handle("GET", "/titles", function(req)
    local rows = core.query("content_fields", {
        columns  = { "field_value", "label" },
        joins    = { { type = "inner", table = "fields", local_col = "field_id", foreign_col = "field_id" } },
        where    = { ["fields.name"] = "title", field_value = db.like("%garden%") },
        order_by = "field_value",
    })
    local per_field = core.query("content_fields", {
        columns  = { "field_id", db.agg_count("*", "n") },
        group_by = { "field_id" },
        having   = { db.agg_count("*"), ">=", 3 },
    })
    return { json = { n = #rows, label = rows[1].label, fields = #per_field } }
end)

http.handle("GET", "/drafts", function(req)
    return {
        json = {
            n = core.count("content_data", { where = { status = db.neq("published") } }),
            some = core.exists("content_data", { where = { { "status", "=", "draft" } } }),
        },
    }
end)

-- Writes a field of a post.
http.handle("PUT", "/posts/{id}/{field}", function(req)
    local row = core.query_one("content_data", { where = { content_data_id = req.params.id } })
    if not row then
        return { status = 404, json = { error = "no such post" } }
    end
    local field = core.query_one("fields", { where = { parent_id = row.datatype_id, name = req.params.field } })
    if not field then
        return { status = 404, json = { error = "no such field" } }
    end
    local where = { content_data_id = row.content_data_id, field_id = field.field_id }
    local _, err
    if core.exists("content_fields", { where = where }) then
        _, err = core.update("content_fields", {
            set = { field_value = req.json.value, date_modified = db.timestamp() },
            where = where,
        })
    else
        _, err = core.insert("content_fields", {
            content_field_id = db.ulid(),
            content_data_id  = row.content_data_id,
            field_id         = field.field_id,
            field_value      = req.json.value,
            locale           = "",
            author_id        = row.author_id,
            date_created     = db.timestamp(),
            date_modified    = db.timestamp(),
        })
    end
    if err then
        return { status = 422, json = { error = err } }
    end
    local now = core.query_one("content_fields", { where = where })
    return { json = { value = now.field_value } }
end)

http.handle("POST", "/posts/{type}", function(req)
    local datatype = core.query_one("datatypes", { where = { name = req.params.type } })
    local id = db.ulid()
    local _, err = core.insert("content_data", {
        content_data_id = id,
        datatype_id     = datatype.datatype_id,
        status          = "draft",
        author_id       = core.query_one("users").user_id,
        date_created    = db.timestamp(),
        date_modified   = db.timestamp(),
        revision        = 0,
    })
    if err then
        return { status = 422, json = { error = err } }
    end
    return { status = 201, json = { there = core.exists("content_data", { where = { content_data_id = id } }) } }
end)

http.handle("DELETE", "/posts/{id}", function(req)
    local _, err = core.delete("content_data", { where = { content_data_id = req.params.id } })
    if err then
        return { status = 422, json = { error = err } }
    end
    return { json = { there = core.exists("content_data", { where = { content_data_id = req.params.id } }) } }
end)

-- What nobody may do: read a password, write a user, read a table that was not asked for.
http.handle("GET", "/limits", function(req)
    local users = core.query("users", { limit = 1 })
    local function refused(fn, ...)
        local fine, value, err = pcall(fn, ...)
        return not fine or (value == nil and err ~= nil)
    end
    return {
        json = {
            users        = #users,
            hash         = users[1] and users[1].hash or "hidden",
            hash_column  = refused(core.query, "users", { columns = { "hash" } }),
            write_user   = refused(core.update, "users", { set = { name = "x" }, where = { name = "y" } }),
            roles        = refused(core.query, "roles"),
            sessions     = refused(core.query, "sessions"),
            media_write  = refused(core.insert, "media", { name = "x" }),
        },
    }
end)
