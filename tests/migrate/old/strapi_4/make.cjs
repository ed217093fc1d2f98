// Strapi 4.25 with SQLite, its default: its own token service, bcryptjs as its user service calls it, and the rows as its
// table `up_users` has them. make.sh puts them through sqlite3 and dumps them.
const crypto = require('node:crypto');
const fs = require('node:fs');
const bcrypt = require('bcryptjs');
const service = require(`${process.env.NODE_PATH}/@strapi/plugin-users-permissions/server/services/jwt.js`);

const secret = crypto.randomBytes(16).toString('base64'); // as its bootstrap makes one
const config = { 'plugin.users-permissions.jwtSecret': secret, 'plugin.users-permissions.jwt': { expiresIn: '30d' } };
const tokens = service({ strapi: (global.strapi = { config: { get: name => config[name] } }) });
const row = (id, username, password, confirmed, blocked, confirmation = 'NULL') =>
    `INSERT INTO up_users VALUES (${id},'${username}','${username}@example.com','local','${bcrypt.hashSync(password, 10)}',` +
    `NULL,${confirmation},${confirmed},${blocked},1680674828900,1680674828900,NULL,NULL);\n`;
// As knex makes it.
process.stdout.write(
    'CREATE TABLE `up_users` (`id` integer not null primary key autoincrement, `username` varchar(255) null, `email` varchar(255) null, ' +
        '`provider` varchar(255) null, `password` varchar(255) null, `reset_password_token` varchar(255) null, ' +
        '`confirmation_token` varchar(255) null, `confirmed` boolean null, `blocked` boolean null, `created_at` datetime null, ' +
        '`updated_at` datetime null, `created_by_id` integer null, `updated_by_id` integer null);\n' +
        row(1, 'ada', 'correct horse', 1, 0) +
        row(2, 'alan', 'pass:wörd', 1, 0) +
        row(3, 'barred', 'correct horse', 1, 1) +
        row(4, 'fresh', 'correct horse', 0, 0, "'d41d8cd98f00'"),
);
fs.writeFileSync('env', `HOST=0.0.0.0\nPORT=1337\nJWT_SECRET=${secret}\n`);
fs.writeFileSync('token.jwt', `${tokens.issue({ id: 1, iat: 1699990000 })}\n`);
