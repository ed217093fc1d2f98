// A small Express API on Mongoose: SHA-256 over salt and password, jsonwebtoken, and the collection as
// `mongoexport --collection users` writes it.
const crypto = require('node:crypto');
const fs = require('node:fs');
const jwt = require('jsonwebtoken');
const { EJSON, ObjectId } = require('bson');

const secret = crypto.randomBytes(32).toString('hex');
const user = (id, username, password, active = true) => {
    const salt = crypto.randomBytes(16).toString('base64');
    return {
        _id: new ObjectId(id),
        active,
        firstName: '',
        lastName: '',
        username,
        email: `${username}@example.com`,
        tel: '978-374-1216 x005',
        createdAt: new Date('2018-11-07T05:47:59.831Z'),
        updatedAt: new Date('2018-11-07T05:48:43.387Z'),
        salt,
        password: crypto.createHash('sha256').update(salt + password).digest('base64'),
        __v: 0,
    };
};
const users = [
    user('5be27c8fba7346230a2a0dcf', 'ada', 'correct horse'),
    user('5be27c8fba7346230a2a0dd0', 'alan', 'pass:wörd'),
    user('5be27c8fba7346230a2a0dd1', 'barred', 'correct horse', false),
];
const line = document => `${EJSON.stringify(document, { relaxed: true })}\n`;
const claims = { id: users[0]._id.toHexString(), username: 'ada', iat: 1699990000 };
fs.writeFileSync('users.json', users.map(line).join(''));
fs.writeFileSync('env', `PORT=3000\nJWT_SECRET=${secret}\n`);
fs.writeFileSync('token.jwt', `${jwt.sign(claims, secret, { expiresIn: 388800 })}\n`);
