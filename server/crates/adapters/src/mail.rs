//! Mail by SMTP, or none.

use async_trait::async_trait;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use ports::{Mail, MailError, Mailer};

/// Hands mails to the server that `SMTP_URL` names.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// `url` as in `smtps://user:password@mail.example.com` or `smtp://127.0.0.1:1025`; `from` as in `Fitout <no-reply@example.com>`.
    /// Nothing is sent or looked up yet.
    ///
    /// # Errors
    /// A sentence that says which of the two settings can't be used.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|e| format!("the sender {from} is not a mail address: {e}"))?;
        // The URL holds a password: it stays out of the message.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|e| format!("SMTP_URL can't be used: {e}"))?
            .timeout(Some(std::time::Duration::from_secs(20)))
            .build();
        Ok(Self { transport, from })
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to: Mailbox = mail.to.parse().map_err(|_| MailError::Address(mail.to.clone()))?;
        let message = Message::builder().from(self.from.clone()).to(to).subject(mail.subject.as_str());
        let made = match &mail.attachment {
            None => message.header(ContentType::TEXT_PLAIN).body(mail.body.clone()),
            Some(file) => {
                let kind = ContentType::parse("application/pdf").map_err(|e| MailError::Transport(e.to_string()))?;
                let file = Attachment::new(file.name.clone()).body(file.data.clone(), kind);
                message.multipart(MultiPart::mixed().singlepart(SinglePart::plain(mail.body.clone())).singlepart(file))
            }
        };
        made.map_err(|e| MailError::Transport(e.to_string()))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        self.transport.send(message).await.map(|_| ()).map_err(|e| MailError::Transport(e.to_string()))
    }
    fn delivers(&self) -> bool {
        true
    }
}

/// No mail server: mails wait in the outbox, where an administrator reads them.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    async fn send(&self, _mail: &Mail) -> Result<(), MailError> {
        Ok(())
    }
    fn delivers(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

    fn mail(to: &str) -> Mail {
        Mail { to: to.into(), subject: "Your desk, ready".into(), body: "Grüße\n.\nBye".into(), attachment: None }
    }

    /// A mail server of the smallest kind: takes one mail and returns its lines.
    async fn serve(listener: tokio::net::TcpListener) -> Vec<String> {
        let (stream, _) = listener.accept().await.expect("a caller");
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut seen, mut in_data) = (Vec::new(), false);
        write.write_all(b"220 hello\r\n").await.expect("greeting");
        while let Ok(Some(line)) = lines.next_line().await {
            seen.push(line.clone());
            if in_data {
                if line == "." {
                    write.write_all(b"250 taken\r\n").await.expect("answer");
                    break;
                }
                continue;
            }
            in_data = line == "DATA";
            let answer = if in_data { "354 go on\r\n" } else { "250 fine\r\n" };
            write.write_all(answer.as_bytes()).await.expect("answer");
        }
        seen
    }

    #[tokio::test]
    async fn a_mail_reaches_the_server() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let url = format!("smtp://{}", listener.local_addr().expect("address"));
        let server = tokio::spawn(serve(listener));
        let mailer = SmtpMailer::new(&url, "Fitout <no-reply@example.com>").expect("settings");
        mailer.send(&mail("ada@example.com")).await.expect("sent");
        let seen = server.await.expect("server");
        assert!(seen.iter().any(|l| l == "RCPT TO:<ada@example.com>"), "{seen:?}");
        assert!(seen.iter().any(|l| l == "Subject: Your desk, ready"), "{seen:?}");
        assert!(mailer.delivers());
    }

    #[tokio::test]
    async fn a_file_travels_with_its_mail() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let url = format!("smtp://{}", listener.local_addr().expect("address"));
        let server = tokio::spawn(serve(listener));
        let mailer = SmtpMailer::new(&url, "Fitout <no-reply@example.com>").expect("settings");
        let file = ports::Attachment { name: "DESK-HA.pdf".into(), data: b"%PDF-1.7\n\xff\xfe and so on".to_vec() };
        mailer.send(&Mail { attachment: Some(file), ..mail("ada@example.com") }).await.expect("sent");
        let seen = server.await.expect("server").join("\n");
        for part in ["Content-Type: multipart/mixed", "Content-Type: application/pdf", "filename=\"DESK-HA.pdf\"", "JVBERi0xLjcK//4gYW5kIHNvIG9u"] {
            assert!(seen.contains(part), "{part} is missing in {seen}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_sent_says_whether_to_try_again() {
        let mailer = SmtpMailer::new("smtp://127.0.0.1:9", "no-reply@example.com").expect("settings");
        assert!(matches!(mailer.send(&mail("not an address")).await, Err(MailError::Address(_))));
        assert!(matches!(mailer.send(&mail("ada@example.com")).await, Err(MailError::Transport(_))));
    }

    #[test]
    fn wrong_settings_are_sentences_without_the_password() {
        assert!(SmtpMailer::new("smtp://h", "nobody").err().is_some_and(|e| e.contains("nobody")));
        let wrong = SmtpMailer::new("http://user:geheim@h", "a@example.com").err().unwrap_or_default();
        assert!(wrong.contains("SMTP_URL") && !wrong.contains("geheim"), "{wrong}");
        assert!(!NoMailer.delivers());
    }
}
