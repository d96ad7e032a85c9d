from pydantic import BaseModel, ConfigDict


class CategoryOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    credit_cost: int


class InsightTypeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str


class CategoryInsights(CategoryOut):
    insight_types: list[InsightTypeOut]
