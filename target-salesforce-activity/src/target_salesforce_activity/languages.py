"""The words of a transcript in the languages that it can be written in. Pure.

Changing a word rewrites the Tasks of days that come again, for their text is compared whole.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; names in braces are filled in."""

    guest: str
    service: str
    auto: str
    text_message: str
    email: str
    other_channel: str
    opted_out: str
    count_one: str
    count_many: str
    attachments_one: str
    attachments_many: str
    attachment: str
    deleted: str
    not_delivered: str
    no_text: str
    translation: str
    continued: str
    part: str
    last_part: str
    moved: str
    ownership: str


# A line for each word, in the order of `Words`.
_TEXTS = {
    "en": """
Guest
Service
Auto
text message
e-mail
other channel
opted out
1 message: {inbound} in, {outbound} out
{total} messages: {inbound} in, {outbound} out
[1 attachment]
[{count} attachments]
attachment {number}
[deleted by contact]
[not delivered]
[no text]
translation
(continued)
(part {number})
(part {number} of {last})
(moved)
Written by zingle-sync: changes made here are overwritten.
""",
    "de": """
Gast
Service
Automatisch
Textnachricht
E-Mail
anderer Kanal
abgemeldet
1 Nachricht: {inbound} eingehend, {outbound} ausgehend
{total} Nachrichten: {inbound} eingehend, {outbound} ausgehend
[1 Anhang]
[{count} Anhänge]
Anhang {number}
[vom Gast gelöscht]
[nicht zugestellt]
[kein Text]
Übersetzung
(Fortsetzung)
(Teil {number})
(Teil {number} von {last})
(verschoben)
Geschrieben von zingle-sync: Änderungen hier werden überschrieben.
""",
    "es": """
Huésped
Servicio
Automático
mensaje de texto
correo electrónico
otro canal
dado de baja
1 mensaje: {inbound} de entrada, {outbound} de salida
{total} mensajes: {inbound} de entrada, {outbound} de salida
[1 adjunto]
[{count} adjuntos]
adjunto {number}
[eliminado por el contacto]
[no entregado]
[sin texto]
traducción
(continuación)
(parte {number})
(parte {number} de {last})
(movido)
Escrito por zingle-sync: los cambios hechos aquí se sobrescriben.
""",
    "fr": """
Client
Service
Automatique
SMS
e-mail
autre canal
désinscrit
1 message : {inbound} reçu(s), {outbound} envoyé(s)
{total} messages : {inbound} reçu(s), {outbound} envoyé(s)
[1 pièce jointe]
[{count} pièces jointes]
pièce jointe {number}
[supprimé par le contact]
[non distribué]
[sans texte]
traduction
(suite)
(partie {number})
(partie {number} sur {last})
(déplacé)
Écrit par zingle-sync : les modifications faites ici sont écrasées.
""",
    "it": """
Ospite
Servizio
Automatico
messaggio di testo
e-mail
altro canale
disiscritto
1 messaggio: {inbound} in entrata, {outbound} in uscita
{total} messaggi: {inbound} in entrata, {outbound} in uscita
[1 allegato]
[{count} allegati]
allegato {number}
[eliminato dal contatto]
[non consegnato]
[senza testo]
traduzione
(continua)
(parte {number})
(parte {number} di {last})
(spostato)
Scritto da zingle-sync: le modifiche fatte qui vengono sovrascritte.
""",
    "ja": """
お客様
スタッフ
自動
テキストメッセージ
メール
その他のチャネル
配信停止
メッセージ1件: 受信{inbound}件、送信{outbound}件
メッセージ{total}件: 受信{inbound}件、送信{outbound}件
[添付1件]
[添付{count}件]
添付{number}
[連絡先が削除]
[未配信]
[本文なし]
翻訳
(続き)
(第{number}部)
(第{number}部、全{last}部)
(移動済み)
zingle-sync が記入: ここでの変更は上書きされます。
""",
    "nl": """
Gast
Service
Automatisch
sms-bericht
e-mail
ander kanaal
afgemeld
1 bericht: {inbound} in, {outbound} uit
{total} berichten: {inbound} in, {outbound} uit
[1 bijlage]
[{count} bijlagen]
bijlage {number}
[verwijderd door contact]
[niet bezorgd]
[geen tekst]
vertaling
(vervolg)
(deel {number})
(deel {number} van {last})
(verplaatst)
Geschreven door zingle-sync: wijzigingen hier worden overschreven.
""",
    "pt": """
Hóspede
Serviço
Automático
mensagem de texto
e-mail
outro canal
descadastrado
1 mensagem: {inbound} de entrada, {outbound} de saída
{total} mensagens: {inbound} de entrada, {outbound} de saída
[1 anexo]
[{count} anexos]
anexo {number}
[excluída pelo contato]
[não entregue]
[sem texto]
tradução
(continuação)
(parte {number})
(parte {number} de {last})
(movido)
Escrito por zingle-sync: alterações feitas aqui são sobrescritas.
""",
}
LANGUAGES = tuple(_TEXTS)
WORDS = {language: Words(*text.strip().split("\n")) for language, text in _TEXTS.items()}
# Where clocks show twelve hours (CLDR, preferred hour formats of territories).
_TWELVE_HOURS = """
AE AG AL AS AU BB BD BH BM BN BS BT CA CO CY DJ DM DO DZ EG EH ER ET FJ FM GD GH GM GR GU GY HK HN
IN IQ JM JO KH KI KN KP KR KW KY LB LC LR LS LY MH MO MP MR MW MY NA NI NZ OM PA PG PH PK PR PS PW
PY QA SA SB SD SG SL SO SS SV SY SZ TC TD TN TO TT TW UM US VC VE VG VI VU WS YE ZM
"""
TWELVE_HOURS = frozenset(_TWELVE_HOURS.split())
