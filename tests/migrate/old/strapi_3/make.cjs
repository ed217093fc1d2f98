// Strapi 3.6 with its MongoDB: its own token service, bcryptjs as its user service calls it, and the collection as
// `mongoexport --collection users-permissions_user` writes it.
const fs = require('node:fs');
const bcrypt = require('bcryptjs');
const { EJSON, ObjectId } = require('bson');
const tokens = require('strapi-plugin-users-permissions/services/Jwt');

const secret = '1c5b6e3a-9d0f-4b7e-8a2c-d4e5f60718a9'; // uuid(), as its bootstrap makes one
global.strapi = { plugins: { 'users-permissions': { config: { jwtSecret: secret, jwt: { expiresIn: '30d' } } } } };
const user = (id, username, password, rest = {}) => ({
    _id: new ObjectId(id),
    confirmed: true,
    blocked: false,
    username,
    email: `${username}@example.com`,
    password: bcrypt.hashSync(password, 10),
    provider: 'local',
    createdAt: new Date('2020-09-07T07:37:14.749Z'),
    updatedAt: new Date('2020-09-07T07:37:14.756Z'),
    __v: 0,
    role: new ObjectId('5f5597e9bf84d42da88a1dda'),
    ...rest,
});
const users = [
    user('5f55e32aab24c71c3c1bf391', 'ada', 'correct horse'),
    user('5f55e32aab24c71c3c1bf392', 'alan', 'pass:wörd', { resetPasswordToken: 'e3b0c44298fc' }),
    user('5f55e32aab24c71c3c1bf393', 'barred', 'correct horse', { blocked: true }),
    user('5f55e32aab24c71c3c1bf394', 'fresh', 'correct horse', { confirmed: false }),
];
const line = document => `${EJSON.stringify(document, { relaxed: true })}\n`;
fs.writeFileSync('users.json', users.map(line).join(''));
fs.writeFileSync('env', `HOST=0.0.0.0\nPORT=1337\nJWT_SECRET=${secret}\n`);
fs.writeFileSync('token.jwt', `${tokens.issue({ id: users[0]._id.toHexString(), iat: 1699990000 })}\n`);
