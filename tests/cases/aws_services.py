"""Services over AWS in more shapes than one: resources, what sync code shares, what has no async form."""

TABLES = """
import os

import boto3
from boto3.dynamodb.conditions import Key

URL = os.environ["AWS_URL"]
dynamodb = boto3.resource("dynamodb", endpoint_url=URL)
orders = dynamodb.Table("orders")
store = boto3.resource("s3", endpoint_url=URL)


def make() -> None:
    client = boto3.client("dynamodb", endpoint_url=URL)
    client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="orders")


def fill(count: int) -> int:
    with orders.batch_writer() as batch:
        for number in range(count):
            batch.put_item(Item={"id": str(number), "size": number})
    return orders.scan()["Count"]


def one(key: str):
    return orders.get_item(Key={"id": key}).get("Item")


def by_query(key: str):
    answer = dynamodb.Table("orders").query(KeyConditionExpression=Key("id").eq(key))
    return [int(item["size"]) for item in answer["Items"]]


def add(name: str) -> str:
    bucket = store.Bucket(name)
    bucket.put_object(Key="added", Body=b"a")
    made = bucket.put_object(Key="more", Body=b"more")
    made.delete()
    return made.key


def listed(name: str) -> list[str]:
    names = []
    for item in store.Bucket(name).objects.filter(Prefix="a"):
        names.append(item.key)
        item.delete()
    return names + [item.key for item in store.Bucket(name).objects.all()]
"""
TABLES_MAIN = """
import boto3
from fastapi import FastAPI

from app.tables import URL, add, by_query, fill, listed, make, one

app = FastAPI()


@app.post("/make")
def make_tables():
    make()


@app.post("/fill")
def fill_table(count: int = 3):
    return fill(count)


@app.get("/one/{key}")
def read(key: str):
    return one(key)


@app.get("/query/{key}")
def query(key: str):
    return by_query(key)


@app.post("/objects/{name}")
def put(name: str):
    s3 = boto3.resource("s3", endpoint_url=URL)
    bucket = s3.Bucket(name)
    bucket.create()
    for key in ("a1", "a2", "b"):
        s3.Object(name, key).put(Body=key.encode())
    return s3.Object(name, "a1").get()["Body"].read().decode()


@app.post("/add/{name}")
def add_object(name: str):
    return add(name)


@app.get("/objects/{name}")
def list_objects(name: str):
    return listed(name)
"""
SHARED = """
import os

import boto3

URL = os.environ["AWS_URL"]
s3 = boto3.client("s3", endpoint_url=URL)


def save(key: str) -> list[str]:
    s3.put_object(Bucket="things", Key=key, Body=key.encode())
    return [item["Key"] for item in s3.list_objects_v2(Bucket="things")["Contents"]]


def command() -> None:
    s3.create_bucket(Bucket="things")
    print(save("from a command"))


if __name__ == "__main__":
    command()
"""
SHARED_MAIN = """
from fastapi import FastAPI

from app.shared import s3, save

app = FastAPI()


@app.post("/start")
def start():
    s3.create_bucket(Bucket="things")


@app.post("/save/{key}")
def save_it(key: str):
    return save(key)
"""
FILES_MAIN = """
import os

import boto3
from fastapi import FastAPI, UploadFile

URL = os.environ["AWS_URL"]
s3 = boto3.client("s3", endpoint_url=URL)
app = FastAPI()


@app.post("/start")
def start():
    s3.create_bucket(Bucket="files")


@app.post("/file")
def put_file():
    with open("note.txt", "rb") as file:
        s3.put_object(Bucket="files", Key="note", Body=file.read())
    return s3.get_object(Bucket="files", Key="note")["Body"].read().decode()


@app.get("/pages")
def pages():
    found = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="files"):
        found += [item["Key"] for item in page["Contents"]]
    return found
"""
SESSIONS_MAIN = """
import os

import boto3
from boto3 import Session
from fastapi import FastAPI

URL = os.environ["AWS_URL"]
session = boto3.Session(region_name="eu-west-1")
s3 = session.client("s3", endpoint_url=URL)
queues = session.resource("sqs", endpoint_url=URL)
app = FastAPI()


@app.get("/region")
def region():
    return [s3.meta.region_name, s3.list_buckets()["Buckets"]]


@app.post("/both")
def both():
    own = Session(region_name="eu-central-1")
    sts = own.client("sts", endpoint_url=URL)
    sns = own.client("sns", endpoint_url=URL)
    topic = sns.create_topic(Name="news")["TopicArn"]
    return [sts.get_caller_identity()["Arn"], topic]


@app.post("/queue")
def queue():
    made = queues.create_queue(QueueName="jobs")
    made.send_message(MessageBody="hello")
    return [made.url.rpartition("/")[2], len(list(queues.queues.all()))]
"""
DEFAULTS_MAIN = """
import os

import boto3
from fastapi import FastAPI

boto3.setup_default_session(region_name="eu-west-1")
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_URL"])
app = FastAPI()


@app.get("/region")
def region():
    return [s3.meta.region_name, s3.list_buckets()["Buckets"]]
"""
