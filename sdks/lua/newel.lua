---@meta
-- What a plugin in Lua can call in Newel. Made by ./just docs; do not edit.

---@class PluginInfo
---@field name string As its folder: a-z, 0-9, `_`; at most 32.
---@field version string
---@field description string
---@field author? string
---@field license? string
---@field min_cms_version? string
---@field dependencies? string[] Plugins that must run before it.
---@field core_access? table<core.TableName, ("read"|"write")[]>
---@field capabilities? table[]
---@field screens? { name: string, label: string, icon?: string, hidden?: boolean }[]
---@field interfaces? { name: string, label: string, mode?: "inline"|"overlay", types?: string[] }[] `types`: the field types whose values it edits in the entries' forms.
---@field ui? { tag: string, bundle?: string, has_admin?: boolean }

--- The manifest, where there is no `plugin.toml`.
---@type PluginInfo
plugin_info = nil

--- The value of `lib/<name>.lua`, loaded once.
---@param name string
---@return any module
function require(name) end

--- Defined by the plugin: runs once it is loaded. Makes its tables; `request` is not available.
function on_init() end

--- Defined by the plugin: runs before it is unloaded, 10 s at most.
function on_shutdown() end

--- Defined by `screens/<name>.lua`.
---@param ctx tui.Event
function screen(ctx) end

--- Defined by `interfaces/<name>.lua`.
---@param ctx tui.Event
function interface(ctx) end


---@class db.Column
---@field name string Letters, digits and `_`; not `id`, `created_at`, `updated_at`.
---@field type "text"|"integer"|"boolean"|"real"|"timestamp"|"json"|"blob" A `json` column takes and gives tables.
---@field not_null? boolean
---@field unique? boolean
---@field default? string|number|boolean

---@class db.Index
---@field columns string[]
---@field unique? boolean

---@class db.ForeignKey
---@field column string
---@field ref_table string One of the plugin's own, by its short or its full name.
---@field ref_column string
---@field on_delete? "CASCADE"|"SET NULL"|"RESTRICT"|"NO ACTION"

---@class db.Table
---@field columns db.Column[]
---@field indexes? db.Index[]
---@field foreign_keys? db.ForeignKey[]

--- A row: its columns by name. An empty value is not there.
---@class db.Row
---@field id? string
---@field created_at? string
---@field updated_at? string
---@field [string] any

--- Made by `db.eq` and its like; stands in `where` in place of a value.
---@class db.Condition

--- Made by `db.agg_count` and its like; stands in `columns` and `having`.
---@class db.Aggregate

--- The type of `db.null`.
---@class db.Null

---@alias db.Where
---| table<string, any>
---| any[]

---@class db.Order
---@field column string
---@field desc? boolean

---@class db.Join
---@field type? "inner"|"left"|"right" `inner` where it is left out.
---@field table string The other table.
---@field alias? string
---@field local_col? string Of the table that is asked.
---@field foreign_col? string Of the other one.
---@field on? string Instead of both: `hits.page = pages.path`.

---@class db.Query
---@field columns? (string|db.Aggregate)[] All where it is left out. With joins also `table.column`.
---@field where? db.Where
---@field where_or? table<string, any>[]
---@field order_by? string|db.Order[] As in `title` or `seconds DESC`; at most 8.
---@field desc? boolean With an `order_by` that is a name.
---@field limit? integer 100 where it is left out; 10,000 at most.
---@field offset? integer
---@field group_by? string|string[]
---@field having? any[]|table<string, any> As in `{ db.agg_count("*"), ">", 5 }`.
---@field distinct? boolean
---@field joins? db.Join[]

---@class db.Change
---@field set table<string, any>
---@field where db.Where Must not be empty.
---@field where_or? table<string, any>[]

---@class db.Removal
---@field where db.Where Must not be empty.
---@field where_or? table<string, any>[]

---@class db.Upsert
---@field values table<string, any>
---@field conflict_columns string[] They have a unique index.
---@field update? table<string, any> What changes where the row is there; `values` where it is left out.
---@field do_nothing? boolean Keeps a row that is there.

--- The plugin's own tables. Short names are enough: they become `plugin_<plugin>_<name>` in the database.
---@class dblib
db = {}

--- No value, where a table of Lua cannot hold `nil`: `db.update("tasks", { set = { due = db.null }, where = … })`.
---@type db.Null
db.null = nil

--- Makes a table where there is none of this name; belongs into `on_init`.
---@param table string
---@param definition db.Table
function db.define_table(table, definition) end

--- Makes an index where there is none of this name.
---@param table string
---@param index db.Index|string[]|string Its columns, with `unique`; or a name, and they follow. Indexes are named by Newel.
---@param columns? string[]|boolean Or, after columns, whether it is unique.
---@param unique? boolean
function db.create_index(table, index, columns, unique) end

--- The rows that match; an empty list where there are none.
---@param table string
---@param options? db.Query
---@return db.Row[]|nil rows
---@return string|nil err
function db.query(table, options) end

--- The first row that matches, or `nil`.
---@param table string
---@param options? db.Query
---@return db.Row|nil row
---@return string|nil err
function db.query_one(table, options) end

--- How many rows match.
---@param table string
---@param options? db.Query
---@return integer|nil n
---@return string|nil err
function db.count(table, options) end

--- Whether a row matches.
---@param table string
---@param options? db.Query
---@return boolean|nil found
---@return string|nil err
function db.exists(table, options) end

--- Adds a row, and answers its id.
---@param table string
---@param values table<string, any>
---@return string|nil id
---@return string|nil err
function db.insert(table, values) end

--- Adds up to 1000 rows at once; all or none.
---@param table string
---@param columns string[]|table<string, any>[] The names of the columns; or the rows, as tables by name.
---@param rows? any[][] Each a sequence in the order of `columns`.
---@return integer|nil n
---@return string|nil err
function db.insert_many(table, columns, rows) end

--- Adds a row, or changes the one that is there.
---@param table string
---@param options db.Upsert|table<string, any> Or the values, with `key_columns`.
---@param key_columns? string[]
---@return boolean|nil ok
---@return string|nil err
function db.upsert(table, options, key_columns) end

--- Changes the rows that match.
---@param table string
---@param options db.Change
---@return integer|nil n
---@return string|nil err
function db.update(table, options) end

--- Deletes the rows that match.
---@param table string
---@param options db.Removal
---@return integer|nil n
---@return string|nil err
function db.delete(table, options) end

--- Runs a function; all that it wrote is kept, or, where it raises, nothing.
---@param fn fun() Not another transaction inside it.
---@return boolean ok
---@return string|nil err
function db.transaction(fn) end

--- A new id: 26 characters, later ones sort after earlier ones.
---@return string id
function db.ulid() end

--- Now, as RFC 3339 in UTC.
---@return string now
function db.timestamp() end

--- So many seconds before now.
---@param seconds number
---@return string then_
function db.timestamp_ago(seconds) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.eq(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.neq(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.gt(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.gte(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.lt(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.lte(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.like(value) end

--- A condition: `=`, `<>`, `>`, `>=`, `<`, `<=`, `LIKE` (with `%` and `_`), `NOT LIKE`.
---@param value any
---@return db.Condition
function db.not_like(value) end

--- A condition: one of these values, or none of them. A list, or the values one by one.
---@param ... any
---@return db.Condition
function db.in_list(...) end

--- A condition: one of these values, or none of them. A list, or the values one by one.
---@param ... any
---@return db.Condition
function db.not_in(...) end

--- A condition: from `low` to `high`, both included.
---@param low any
---@param high any
---@return db.Condition
function db.between(low, high) end

--- A condition: there is no value, or there is one.
---@return db.Condition
function db.is_null() end

--- A condition: there is no value, or there is one.
---@return db.Condition
function db.is_not_null() end

--- A column that is computed, with a name for it in the row.
---@param column? string `"*"` counts rows.
---@param name? string
---@return db.Aggregate
function db.agg_count(column, name) end

--- A column that is computed, with a name for it in the row.
---@param column? string `"*"` counts rows.
---@param name? string
---@return db.Aggregate
function db.agg_sum(column, name) end

--- A column that is computed, with a name for it in the row.
---@param column? string `"*"` counts rows.
---@param name? string
---@return db.Aggregate
function db.agg_avg(column, name) end

--- A column that is computed, with a name for it in the row.
---@param column? string `"*"` counts rows.
---@param name? string
---@return db.Aggregate
function db.agg_min(column, name) end

--- A column that is computed, with a name for it in the row.
---@param column? string `"*"` counts rows.
---@param name? string
---@return db.Aggregate
function db.agg_max(column, name) end

--- The same as `agg_count` and its like.
---@param column? string
---@param name? string
---@return db.Aggregate
function db.count_of(column, name) end

--- The same as `agg_count` and its like.
---@param column? string
---@param name? string
---@return db.Aggregate
function db.sum(column, name) end

--- The same as `agg_count` and its like.
---@param column? string
---@param name? string
---@return db.Aggregate
function db.avg(column, name) end

--- The same as `agg_count` and its like.
---@param column? string
---@param name? string
---@return db.Aggregate
function db.min(column, name) end

--- The same as `agg_count` and its like.
---@param column? string
---@param name? string
---@return db.Aggregate
function db.max(column, name) end


---@alias core.TableName
---| "content_data"
---| "content_fields"
---| "media"
---| "datatypes"
---| "fields"
---| "tables"
---| "routes"
---| "users"
---| "roles"
---| "permissions"
---| "role_permissions"
---| "change_events"

--- The site's own data, in the tables of the Go system: `content_data`, `content_fields`, `media` and what describes them.
---@class corelib
core = {}

--- The rows that match.
---@param table core.TableName
---@param options? db.Query
---@return table[]|nil rows
---@return string|nil err
function core.query(table, options) end

--- The first row that matches, or `nil`.
---@param table core.TableName
---@param options? db.Query
---@return table|nil row
---@return string|nil err
function core.query_one(table, options) end

--- How many rows match.
---@param table core.TableName
---@param options? db.Query
---@return integer|nil n
---@return string|nil err
function core.count(table, options) end

--- Whether a row matches.
---@param table core.TableName
---@param options? db.Query
---@return boolean|nil found
---@return string|nil err
function core.exists(table, options) end

--- Makes an entry, a value of a field, or a description of a file.
---@param table "content_data"|"content_fields"|"media"
---@param values table<string, any>
---@return string|nil id
---@return string|nil err
function core.insert(table, values) end

--- Changes what matches.
---@param table "content_data"|"content_fields"|"media"
---@param options db.Change
---@return integer|nil n
---@return string|nil err
function core.update(table, options) end

--- Deletes what matches.
---@param table "content_data"|"content_fields"|"media"
---@param options db.Removal
---@return integer|nil n
---@return string|nil err
function core.delete(table, options) end


---@class content.Entry
---@field id string
---@field type string
---@field revision integer
---@field locale string
---@field data table<string, any> The fields.
---@field state? table<string, string> By locale: `draft`, `published`, `changed`.
---@field path? string Where a published page answers.
---@field [string] any

---@class content.Page
---@field data content.Entry[]
---@field next? string The cursor of the next page.
---@field total? integer

---@class content.Problem
---@field pointer string Such as `/data/title`.
---@field code string
---@field detail string

--- Content, as people work with it: the operations of the HTTP doors as functions.
---@class contentlib
content = {}

--- One entry.
---@param type string|table
---@param id? string
---@param options? { locale?: string, status?: string } `published`: what readers see.
---@return content.Entry|nil entry
---@return string|nil err
---@return string|nil code
function content.get(type, id, options) end

--- Entries of a type.
---@param type string|table
---@param options? table `filter`, `sort`, `limit`, `cursor`, `status` … as over HTTP.
---@return content.Page|nil page
---@return string|nil err
---@return string|nil code
function content.list(type, options) end

--- Makes an entry, as a draft.
---@param type string|table
---@param data? table<string, any>
---@param options? { locale?: string, parent?: string }
---@return content.Entry|nil entry
---@return string|nil err
---@return string|nil code
---@return content.Problem[]|nil problems
function content.create(type, data, options) end

--- Changes the fields that are named, or all.
---@param type string|table
---@param id? string
---@param data? table<string, any>
---@param options? { locale?: string, revision?: integer, clear?: string[] }
---@return content.Entry|nil entry
---@return string|nil err
---@return string|nil code
---@return content.Problem[]|nil problems
function content.update(type, id, data, options) end

--- Changes the fields that are named, or all.
---@param type string|table
---@param id? string
---@param data? table<string, any>
---@param options? { locale?: string, revision?: integer, clear?: string[] }
---@return content.Entry|nil entry
---@return string|nil err
---@return string|nil code
---@return content.Problem[]|nil problems
function content.replace(type, id, data, options) end

--- Makes the draft what readers see, or takes it from them.
---@param type string|table
---@param id? string
---@param options? table
---@return content.Entry|nil entry
---@return string|nil err
---@return string|nil code
---@return content.Problem[]|nil problems
function content.publish(type, id, options) end

--- Makes the draft what readers see, or takes it from them.
---@param type string|table
---@param id? string
---@param options? table
---@return content.Entry|nil entry
---@return string|nil err
---@return string|nil code
---@return content.Problem[]|nil problems
function content.unpublish(type, id, options) end

--- Puts an entry into the trash, takes it out, deletes it for good, or moves it among its siblings.
---@param type string|table
---@param id? string
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.delete(type, id, options) end

--- Puts an entry into the trash, takes it out, deletes it for good, or moves it among its siblings.
---@param type string|table
---@param id? string
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.restore_trashed(type, id, options) end

--- Puts an entry into the trash, takes it out, deletes it for good, or moves it among its siblings.
---@param type string|table
---@param id? string
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.purge(type, id, options) end

--- Puts an entry into the trash, takes it out, deletes it for good, or moves it among its siblings.
---@param type string|table
---@param id? string
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.move(type, id, options) end

--- The versions of an entry, one of them, the draft kept as one, and one made the draft again.
---@param type string|table
---@param id? string
---@param options? table `number`, `label`, `locale` …
---@return any answer
---@return string|nil err
---@return string|nil code
function content.versions(type, id, options) end

--- The versions of an entry, one of them, the draft kept as one, and one made the draft again.
---@param type string|table
---@param id? string
---@param options? table `number`, `label`, `locale` …
---@return any answer
---@return string|nil err
---@return string|nil code
function content.version(type, id, options) end

--- The versions of an entry, one of them, the draft kept as one, and one made the draft again.
---@param type string|table
---@param id? string
---@param options? table `number`, `label`, `locale` …
---@return any answer
---@return string|nil err
---@return string|nil code
function content.snapshot(type, id, options) end

--- The versions of an entry, one of them, the draft kept as one, and one made the draft again.
---@param type string|table
---@param id? string
---@param options? table `number`, `label`, `locale` …
---@return any answer
---@return string|nil err
---@return string|nil code
function content.restore(type, id, options) end

--- The entries that point at one, and what was thrown away. They need `content.read:*`.
---@param order? string|table
---@param id? string
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.references(order, id, options) end

--- The entries that point at one, and what was thrown away. They need `content.read:*`.
---@param order? string|table
---@param id? string
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.trash(order, id, options) end

--- Content types, one of them, its revisions, and the locales.
---@param name? string|table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.types(name) end

--- Content types, one of them, its revisions, and the locales.
---@param name? string|table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.type(name) end

--- Content types, one of them, its revisions, and the locales.
---@param name? string|table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.types_history(name) end

--- Content types, one of them, its revisions, and the locales.
---@param name? string|table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.locales(name) end

--- Changes types and locales; needs `content.types`.
---@param name string|table
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.types_create(name, options) end

--- Changes types and locales; needs `content.types`.
---@param name string|table
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.types_update(name, options) end

--- Changes types and locales; needs `content.types`.
---@param name string|table
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.types_delete(name, options) end

--- Changes types and locales; needs `content.types`.
---@param name string|table
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.locales_create(name, options) end

--- Changes types and locales; needs `content.types`.
---@param name string|table
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.locales_update(name, options) end

--- Changes types and locales; needs `content.types`.
---@param name string|table
---@param options? table
---@return any answer
---@return string|nil err
---@return string|nil code
function content.locales_delete(name, options) end


---@class http.Actor
---@field id string
---@field name string
---@field kind string `user` or `token` …
---@field roles string[]

---@class http.Request
---@field method string
---@field path string All of it.
---@field body string
---@field client_ip string
---@field headers table<string, string> Names in lower case; without those that carry credentials.
---@field query table<string, string> The first value of each.
---@field params table<string, string> Of the `{name}` segments.
---@field json? any Where the content type is `application/json`.
---@field actor? http.Actor Who asks; not there for strangers.
---@field request_id string As in the log and in `X-Request-ID`.

---@class http.Response
---@field status? integer 200 where it is left out.
---@field json? any Goes before `body`.
---@field body? string
---@field headers? table<string, string>

---@class http.Options
---@field public? boolean Anybody may ask.
---@field permission? string What the caller must have, such as `content.update`. Not with `public`.

--- Routes of the plugin, below `/api/v1/plugins/<plugin>`.
---@class httplib
http = {}

--- Registers a route.
---@param method "GET"|"POST"|"PUT"|"DELETE"|"PATCH"
---@param path string Starts with `/`; a segment `{name}` is a parameter.
---@param handler fun(request: http.Request): http.Response
---@param options? http.Options
function http.handle(method, path, handler, options) end

--- Registers what runs before every route of the plugin; where it answers a table, that is the answer.
---@param fn fun(request: http.Request): http.Response|nil
function http.use(fn) end


---@alias hooks.Event
---| "before_create"
---| "after_create"
---| "before_update"
---| "after_update"
---| "before_delete"
---| "after_delete"
---| "before_publish"
---| "after_publish"
---| "before_archive"
---| "after_archive"
---| "before_read"
---| "after_read"

--- The row of the table as the Go system names it, with the fields of the entry beside it and in `data`.
---@class hooks.Data
---@field _table string
---@field _event hooks.Event
---@field type? string The content type.
---@field data? table<string, any> The fields of the entry.
---@field before? table<string, any> The fields as they were; in `before_update`.
---@field [string] any

--- Reactions to changes of the site's data, through every door: HTTP, CLI, terminal, schedules, other plugins.
---@class hookslib
hooks = {}

--- Registers a hook.
---@param event hooks.Event
---@param table core.TableName|"*"|string A table, a content type by its name, or `*`: everything; that not for reading.
---@param fn fun(data: hooks.Data): table|nil
---@param options? { priority?: integer } 1 to 1000; 100 where it is left out.
function hooks.on(event, table, fn, options) end

--- Ends a before-hook: the caller is told which field is wrong. It is no failure of the plugin.
---@param field string
---@param message string
---@param code? string For programs, such as `too_short`.
function hooks.reject(field, message, code) end


---@class request.Options
---@field headers? table<string, string>
---@field body? string Not with `json`.
---@field json? any Sent as JSON.
---@field timeout? number Seconds, 10 at most.
---@field parse_json? boolean Fills `json` of the answer.

---@class request.Answer
---@field status? integer
---@field body? string
---@field headers? table<string, string> Names in lower case.
---@field json? any
---@field error? string What went wrong where there is no answer.

--- Calls of the outside world, to domains that an admin approved.
---@class requestlib
request = {}

--- Names a domain that the plugin wants to call; at module scope, 50 at most.
---@param domain string As `api.example.com`.
---@param options? { description?: string }
function request.register(domain, options) end

--- Sends a request.
---@param method string
---@param url string
---@param options? request.Options
---@return request.Answer answer
function request.send(method, url, options) end

--- Sends a request of this method.
---@param url string
---@param options? request.Options
---@return request.Answer answer
function request.get(url, options) end

--- Sends a request of this method.
---@param url string
---@param options? request.Options
---@return request.Answer answer
function request.post(url, options) end

--- Sends a request of this method.
---@param url string
---@param options? request.Options
---@return request.Answer answer
function request.put(url, options) end

--- Sends a request of this method.
---@param url string
---@param options? request.Options
---@return request.Answer answer
function request.delete(url, options) end

--- Sends a request of this method.
---@param url string
---@param options? request.Options
---@return request.Answer answer
function request.patch(url, options) end


--- Signatures, digests and base64.
---@class cryptolib
crypto = {}

--- The signature of a text.
---@param key string
---@param text string
---@param form? "hex"|"base64" `hex` where it is left out.
---@return string digest
function crypto.hmac_sha256(key, text, form) end

--- The digest of a text.
---@param text string
---@param form? "hex"|"base64" `hex` where it is left out.
---@return string digest
function crypto.sha256(text, form) end

--- A text as base64.
---@param text string
---@return string encoded
function crypto.base64_encode(text) end

--- The text of base64, either alphabet, padded or not.
---@param text string
---@return string|nil decoded
---@return string|nil err
function crypto.base64_decode(text) end

--- Whether two texts are the same, in a time that tells nothing of where they differ.
---@param one string
---@param other string
---@return boolean same
function crypto.equal(one, other) end


--- The plugin's own texts, from `i18n/<locale>.toml` or `.json`.
---@class i18nlib
i18n = {}

--- A text in the caller's language, or a more general one (`de` for `de-AT`), or English, or any; else the key.
---@param key string Tables within tables as `form.errors.required`.
---@param params? table<string, any> What stands for `{name}` in it.
---@param locale? string Another language than the caller's.
---@return string text
function i18n.t(key, params, locale) end

--- The caller's language, or `nil`.
---@return string|nil locale
function i18n.locale() end


--- JSON as text.
---@class jsonlib
json = {}

--- A value as JSON. Raises for what JSON has not: functions, cycles, infinite numbers.
---@param value any
---@return string text
function json.encode(value) end

--- The value of JSON. Raises where it is none.
---@param text string
---@return any value
function json.decode(text) end


---@class kv.Options
---@field ttl? number Seconds after which it is forgotten.

--- Small values that the plugin remembers, the same in every process of the site.
---@class kvlib
kv = {}

--- The value of a key, or `nil`.
---@param key string
---@return any value
---@return string|nil err
function kv.get(key) end

--- Remembers a value.
---@param key string
---@param value any What JSON can hold; not `nil`.
---@param options? kv.Options
---@return boolean|nil ok
---@return string|nil err
function kv.set(key, value, options) end

--- Adds to a number and answers the sum; no two callers get the same. `ttl` counts from when the key is new.
---@param key string
---@param by? number 1 where it is left out.
---@param options? kv.Options
---@return number|nil value
---@return string|nil err
function kv.incr(key, by, options) end

--- Forgets a key, and answers whether it was there.
---@param key string
---@return boolean|nil was
---@return string|nil err
function kv.delete(key) end


--- Lines in the server's log, with the plugin's name.
---@class loglib
log = {}

--- Writes a line of this level.
---@param message string
---@param fields? table<string, any> What belongs to it.
function log.debug(message, fields) end

--- Writes a line of this level.
---@param message string
---@param fields? table<string, any> What belongs to it.
function log.info(message, fields) end

--- Writes a line of this level.
---@param message string
---@param fields? table<string, any> What belongs to it.
function log.warn(message, fields) end

--- Writes a line of this level.
---@param message string
---@param fields? table<string, any> What belongs to it.
function log.error(message, fields) end


--- Mail. Newel sends none yet, and says so.
---@class maillib
mail = {}

--- Answers `nil, "this site has no mail"`.
---@param message table
---@return boolean|nil ok
---@return string|nil err
function mail.send(message) end


---@class schedule.Options
---@field name? string For people and logs.
---@field zone? string For `cron`, such as `"Europe/Berlin"`; UTC where it is left out.

--- What the plugin does at set times, whoever asks for nothing.
---@class schedulelib
schedule = {}

--- Runs a function again and again.
---@param interval integer|string Seconds, 60 or more; or `"5m"`, `"2h"`, `"1d"`.
---@param fn fun()
---@param options? schedule.Options
function schedule.every(interval, fn, options) end

--- Runs a function at the times of a cron expression.
---@param expression string Five fields, such as `"0 3 * * *"`.
---@param fn fun()
---@param options? schedule.Options
function schedule.cron(expression, fn, options) end


--- What an admin set for the plugin, as `[settings]` of `plugin.toml` declares it.
---@class settingslib
settings = {}

--- The value of a setting, else its default, else `nil`. A name that is not declared raises.
---@param name string
---@return any value
function settings.get(name) end


---@class test.Options
---@field body? string JSON, where no other content type is given.
---@field json? any Sent as JSON.
---@field headers? table<string, string>
---@field auth? "admin"|"viewer"|"none" `admin` where it is left out.

---@class test.Response
---@field status integer
---@field body string
---@field json? any
---@field headers table<string, string> Names in lower case.

---@class test.Mock
---@field status? integer
---@field json? any
---@field body? string
---@field headers? table<string, string>

---@class test.Sent
---@field method string
---@field url string
---@field headers table<string, string>
---@field body string

---@class test.Screen
---@field text string What is to be seen, as text.
---@field over boolean Whether it has ended.
---@field value any What an editor committed.
---@field toasts { message: string, level: string }[]
---@field dialog? { title: string, message: string }

--- Assertions and doors for `test/*.test.lua`; there only while `newel lua test` runs.
---@class testlib
test = {}

--- Fails for `nil` and `false`.
---@param condition any
---@param message? string
function test.assert(condition, message) end

--- Fails unless both are equal; tables by what is in them.
---@param expected any
---@param actual any
---@param message? string
function test.assert_eq(expected, actual, message) end

--- Fails where both are equal.
---@param a any
---@param b any
---@param message? string
function test.assert_neq(a, b, message) end

--- Fails unless the value is `nil`, or where it is.
---@param value any
---@param message? string
function test.assert_nil(value, message) end

--- Fails unless the value is `nil`, or where it is.
---@param value any
---@param message? string
function test.assert_not_nil(value, message) end

--- Fails unless the function raises, with a message that contains `pattern`.
---@param fn fun()
---@param pattern? string As it stands, no Lua pattern.
function test.assert_error(fn, pattern) end

--- Fails unless one text contains the other.
---@param haystack string
---@param needle string
---@param message? string
function test.assert_contains(haystack, needle, message) end

--- A request to one of the plugin's routes.
---@param method string
---@param path string `/api/…`: of the site; any other: of the plugin.
---@param options? test.Options
---@return test.Response response
function test.request(method, path, options) end

--- Fires a hook. Before a change: the error, or `nil`. Before a read: response, state, error. After a read: headers, error.
---@param event hooks.Event
---@param table core.TableName
---@param data table
---@param state? table Of the `before_read`.
---@return any
---@return any
---@return string|nil
function test.fire_hook(event, table, data, state) end

--- Answers calls of the outside world in this test.
---@param method string
---@param url string Host and path, without scheme and query; `*` is anything.
---@param response test.Mock
function test.mock_request(method, url, response) end

--- Registers what runs before, or after, every test of the file.
---@param fn fun()
function test.setup(fn) end

--- Registers what runs before, or after, every test of the file.
---@param fn fun()
function test.teardown(fn) end

--- What was sent outside in this test.
---@return test.Sent[] sent
function test.requests() end

--- Approves a domain that the plugin does not ask for by itself, for this test.
---@param domain string
function test.allow(domain) end

--- Returns when the after-hooks of all that happened are done.
function test.settle() end

--- Moves the site's clock, which stands still otherwise.
---@param seconds number
function test.advance(seconds) end

--- Calls each function of `schedule` once, now.
function test.run_schedules() end

--- Opens a screen of the plugin.
---@param name string
---@param params? table
---@return test.Screen seen
function test.screen(name, params) end

--- Opens an editor of a field.
---@param name string
---@param value any
---@param config? table
---@return test.Screen seen
function test.interface(name, value, config) end

--- Presses keys of the screen that is open.
---@param ... string
---@return test.Screen seen
function test.press(...) end

--- Answers the screen's question: with yes, or with `false`.
---@param yes? boolean
---@return test.Screen seen
function test.accept(yes) end


---@class tui.Event
---@field type "init"|"key"|"resize"|"data"|"dialog"|"focus"
---@field [string] any

---@class tui.Hint
---@field key string
---@field label string

---@class tui.Item
---@field label string
---@field id? string
---@field faint? boolean
---@field bold? boolean

---@class tui.Field
---@field label string
---@field value string
---@field faint? boolean

---@class tui.Line
---@field text string
---@field bold? boolean
---@field faint? boolean
---@field accent? boolean

---@class tui.Option
---@field label string
---@field value string

---@class tui.Node
---@field label string
---@field id? string
---@field expanded? boolean
---@field children? tui.Node[]

--- What a constructor made: a plain table.
---@class tui.Part
---@field type string
---@field [string] any

--- Screens and editors of fields in the terminal. A plugin that declares `screens` or `interfaces` draws with it.
---@class tuilib
tui = {}

--- A screen of columns.
---@param columns table[] Of `tui.column`.
---@param hints? tui.Hint[] Keys that the bottom line names.
---@return tui.Part
function tui.grid(columns, hints) end

--- A column, `span` twelfths wide.
---@param span integer
---@param cells table[] Of `tui.cell`.
---@return table
function tui.column(span, cells) end

--- A panel with a title.
---@param title string
---@param height number Its share of the column, 0 to 1.
---@param content tui.Part
---@return table
function tui.cell(title, height, content) end

--- Lines of which one is chosen.
---@param items tui.Item[]
---@param cursor? integer From 0.
---@return tui.Part
function tui.list(items, cursor) end

--- Names and values.
---@param fields tui.Field[]
---@return tui.Part
function tui.detail(fields) end

--- Lines of text.
---@param lines (string|tui.Line)[]
---@return tui.Part
function tui.text(lines) end

--- Rows under headers.
---@param headers string[]
---@param rows string[][]
---@param cursor? integer
---@return tui.Part
function tui.table(headers, rows, cursor) end

--- A line to type into.
---@param id string
---@param value? string
---@param placeholder? string
---@return tui.Part
function tui.input(id, value, placeholder) end

--- One of several options.
---@param id string
---@param options tui.Option[]
---@param selected? integer From 0.
---@return tui.Part
function tui.select_field(id, options, selected) end

--- Nodes below nodes.
---@param nodes tui.Node[]
---@param cursor? integer
---@return tui.Part
function tui.tree(nodes, cursor) end

--- A bar, filled to `value` (0 to 1).
---@param value number
---@param label? string
---@return tui.Part
function tui.progress(value, label) end

