PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE `up_users` (`id` integer not null primary key autoincrement, `username` varchar(255) null, `email` varchar(255) null, `provider` varchar(255) null, `password` varchar(255) null, `reset_password_token` varchar(255) null, `confirmation_token` varchar(255) null, `confirmed` boolean null, `blocked` boolean null, `created_at` datetime null, `updated_at` datetime null, `created_by_id` integer null, `updated_by_id` integer null);
INSERT INTO up_users VALUES(1,'ada','ada@example.com','local','$2a$10$QxncjkWNK7J4jXsM5dYDMeHQqOtWmbB4r9DAa/2cFYRXlAHPOuESO',NULL,NULL,1,0,1680674828900,1680674828900,NULL,NULL);
INSERT INTO up_users VALUES(2,'alan','alan@example.com','local','$2a$10$roVAXIy9yRLQj40WxJh3sO/eRFbUTTmttNIlGoMI0J317wvVoBl5a',NULL,NULL,1,0,1680674828900,1680674828900,NULL,NULL);
INSERT INTO up_users VALUES(3,'barred','barred@example.com','local','$2a$10$3lFZeYCzRqzLvA2kU.7qsuGJZBLUkfdA27NgqOnR2lJGqap.3qN3q',NULL,NULL,1,1,1680674828900,1680674828900,NULL,NULL);
INSERT INTO up_users VALUES(4,'fresh','fresh@example.com','local','$2a$10$4nnnuTBstnrqp58WO50tfeBARggWiKHb/nZT.bx9V/.SoYxgcweWu',NULL,'d41d8cd98f00',0,0,1680674828900,1680674828900,NULL,NULL);
COMMIT;
