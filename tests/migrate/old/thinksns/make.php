<?php
// ThinkSNS Plus on Laravel: password_hash() as Laravel's bcrypt hasher calls it, tokens as tymon/jwt-auth 0.5 lays them out,
// and the rows of its table `users`. make.sh puts them through MariaDB and dumps them.

$secret = substr(str_replace(['+', '/', '='], '', base64_encode(random_bytes(48))), 0, 32); // as `artisan jwt:secret`
$hash = fn (string $password) => password_hash($password, PASSWORD_BCRYPT, ['cost' => 10]);
$users = [
    [1, '创始人', 'founder@plus.io', '18781993582', $hash('correct horse'), 'NULL'],
    [2, 'alan', 'alan@plus.io', 'NULL', $hash('pass:wörd'), 'NULL'],
    [3, 'gone', 'gone@plus.io', 'NULL', $hash('correct horse'), '2018-01-02 03:04:05'],
];
echo 'CREATE TABLE `users` (`id` int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, `name` varchar(100) DEFAULT NULL UNIQUE, ',
    '`email` varchar(150) DEFAULT NULL UNIQUE, `phone` varchar(50) DEFAULT NULL UNIQUE, `password` varchar(191) DEFAULT NULL, ',
    '`bio` varchar(255) DEFAULT NULL, `sex` tinyint NOT NULL DEFAULT 0, `location` varchar(200) DEFAULT NULL, ',
    '`remember_token` varchar(100) DEFAULT NULL, `deleted_at` timestamp NULL DEFAULT NULL, ',
    "`created_at` timestamp NULL DEFAULT NULL, `updated_at` timestamp NULL DEFAULT NULL) DEFAULT CHARSET=utf8mb4;\n";
foreach ($users as [$id, $name, $email, $phone, $password, $deleted]) {
    $values = array_map(fn ($value) => $value === 'NULL' ? $value : "'$value'", [$name, $email, $phone, $password]);
    echo "INSERT INTO users VALUES ($id, ", implode(', ', $values), ", '我是大管理员', 0, '成都市 四川省 中国', NULL, ",
        $deleted === 'NULL' ? $deleted : "'$deleted'", ", '2017-06-02 08:43:54', '2017-07-06 07:04:06');\n";
}

$base64 = fn (string $bytes) => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
$sign = function (array $claims) use ($secret, $base64): string {
    $signed = $base64('{"typ":"JWT","alg":"HS256"}') . '.' . $base64(json_encode($claims, JSON_UNESCAPED_SLASHES));
    return "$signed." . $base64(hash_hmac('sha256', $signed, $secret, true)) . "\n";
};
$claims = fn (int $issued, string $id) => [
    'sub' => 1,
    'iss' => 'http://plus.io/api/v2/tokens',
    'iat' => $issued,
    'exp' => $issued + 20160 * 60,
    'nbf' => $issued,
    'jti' => $id,
];
file_put_contents('env', "APP_URL=http://plus.io\nJWT_SECRET=$secret\n");
file_put_contents('token.jwt', $sign($claims(1699990000, 'uiyou406rluOikyr')));
// Beyond its fortnight, inside the four weeks in which it can be refreshed; and beyond those.
file_put_contents('expired.jwt', $sign($claims(1700000000 - 21 * 86400, 'EtKuWQgvTyd2zPIw')));
file_put_contents('too_old.jwt', $sign($claims(1700000000 - 29 * 86400, 'J92UFQSeZoD1ORXS')));
